# Twenty groups of different sizes: two factors of four items, means and variances of the factors differ by group, the
# intercept of x2 and the loading of x6 in every third group. All five levels by lavaan.
suppressPackageStartupMessages(library(lavaan))
source("../write_tables.R")
set.seed(20)
rows <- NULL
for (g in 1:20) {
  n <- 60 + 5 * g
  f1 <- rnorm(n, 0.05 * g, 1 + 0.02 * g); f2 <- 0.5 * f1 + rnorm(n, 0, 0.9)
  l <- c(1, .8, .9, .7, 1, .8 - .25 * (g %% 3 == 0), .9, .7); i <- c(0, .4 * (g %% 3 == 0), 0, 0, 0, 0, 0, 0)
  x <- sapply(1:8, function(k) i[k] + l[k] * (if (k < 5) f1 else f2) + rnorm(n, 0, .7))
  rows <- rbind(rows, data.frame(round(x, 2), group = sprintf("g%02d", g)))
}
names(rows)[1:8] <- paste0("x", 1:8)
write.csv(rows, "answers.csv", row.names = FALSE, quote = FALSE)
rows <- read.csv("answers.csv")
model <- "f =~ x1 + x2 + x3 + x4\ng =~ x5 + x6 + x7 + x8"
steps <- list(configural = "", metric = "loadings", scalar = c("loadings", "intercepts"),
              strict = c("loadings", "intercepts", "residuals"), means = c("loadings", "intercepts", "residuals", "means"))
table <- NULL; before <- NULL
for (level in names(steps)) {
  fit <- cfa(model, data = rows, group = "group", group.equal = steps[[level]])
  m <- fitMeasures(fit, c("chisq", "df", "pvalue", "cfi", "rmsea", "srmr"))
  row <- data.frame(level = level, t(unclass(m)), delta_chisq = NA, delta_df = NA)
  if (!is.null(before)) {
    row$delta_chisq <- m[["chisq"]] - before[["chisq"]]; row$delta_df <- m[["df"]] - before[["df"]]
  }
  table <- rbind(table, row); before <- m
}
write_table(table, "ladder.csv")
write_session("lavaan")
