# What the tutorial does not print of the model of Holzinger and Swineford: semTools and psych.
suppressPackageStartupMessages({library(lavaan); library(semTools); library(psych)})
source("../write_tables.R")
data <- read.csv("../data/holzinger_swineford.csv")
model <- "visual =~ x1 + x2 + x3\n textual =~ x4 + x5 + x6\n speed =~ x7 + x8 + x9"
fit <- cfa(model, data)
constructs <- list(visual = paste0("x", 1:3), textual = paste0("x", 4:6), speed = paste0("x", 7:9))
rows <- NULL
add <- function(table, row, column, value) {
  rows <<- rbind(rows, data.frame(table = table, row = row, column = column,
                                  printed = formatC(value, digits = 6, format = "f")))
}
ratios <- semTools::htmt(model, data, htmt2 = FALSE)
correlations <- lavInspect(fit, "cor.lv")
loadings <- standardizedSolution(fit)
for (construct in names(constructs)) {
  for (item in constructs[[construct]]) {
    row <- loadings$op == "=~" & loadings$rhs == item
    add("measures", item, "std", loadings$est.std[row])
    add("measures", item, "std_se", loadings$se[row])
  }
  add("measures", construct, "alpha", psych::alpha(data[constructs[[construct]]])$total$raw_alpha)
  l <- loadings$est.std[loadings$op == "=~" & loadings$lhs == construct]
  add("measures", construct, "cr", sum(l)^2 / (sum(l)^2 + sum(1 - l^2)))  # Fornell & Larcker (1981)
  add("measures", construct, "ave", mean(l^2))
  for (other in names(constructs)) {
    i <- match(construct, names(constructs)); j <- match(other, names(constructs))
    add("matrix", construct, other, if (i == j) sqrt(mean(l^2)) else if (j < i) correlations[construct, other]
        else ratios[construct, other])
  }
}
write.csv(rows, "holzinger_swineford_in_r.csv", row.names = FALSE, quote = FALSE)
write_session("lavaan", "semTools", "psych")
