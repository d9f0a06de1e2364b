# What liberties of 1960 add to industrialisation in explaining those of 1965, latent: R squared with and without,
# both from the covariances that the full model implies, and the Wald test of the added slope; then both of two blocks.
suppressPackageStartupMessages(library(lavaan))
source("../write_tables.R")
data <- read.csv("../data/political_democracy.csv")
model <- "
  ind60 =~ x1 + x2 + x3
  dem60 =~ y1 + y2 + y3 + y4
  dem65 =~ y5 + y6 + y7 + y8
  dem65 ~ a*ind60 + b*dem60
  ind60 ~~ dem60
"
writeLines(trimws(model), "model.txt")
fit <- sem(model, data, estimator = "ML")
covariance <- lavInspect(fit, "cov.lv")
share <- function(first) {
  within <- covariance[first, first, drop = FALSE]
  across <- covariance[first, "dem65", drop = FALSE]
  as.numeric(t(across) %*% solve(within) %*% across / covariance["dem65", "dem65"])
}
both <- c("ind60", "dem60")
test <- function(constraint) {
  found <- lavTestWald(fit, constraint)
  c(found$stat, found$df, found$p.value)
}
row <- function(block, before, constraint) {
  first <- if (length(before)) share(before) else 0
  found <- test(constraint)
  data.frame(block = paste(block, collapse = " + "), r2_before = first, r2 = share(both),
             delta_r2 = share(both) - first, wald = found[1], df = found[2], pvalue = found[3])
}
write_table(rbind(row("dem60", "ind60", "b == 0"), row("ind60", "dem60", "a == 0"),
                  row(both, character(0), "a == 0\nb == 0")), "gains.csv")
write_session("lavaan")
