# Hurdle models of counts by the R package pscl 1.5.5: articles of 915 biochemists (Long 1997), zero or not by a logit,
# how many by a truncated Poisson or negative binomial distribution.
suppressMessages({library(jsonlite); library(pscl)})
b <- read.csv("../data/biochemists.csv")
b$fem <- factor(b$fem, c("Men", "Women")); b$mar <- factor(b$mar, c("Single", "Married"))
part <- function(x) list(term = rownames(x), est = unname(x[, 1]), se = unname(x[, 2]))
out <- lapply(c(hurdle_poisson = "poisson", hurdle_negbin = "negbin"), function(kind) {
  fit <- hurdle(art ~ fem + mar + kid5 + phd + ment, data = b, dist = kind)
  told <- summary(fit)$coefficients
  list(zero = part(told$zero), count = part(told$count), loglik = as.numeric(logLik(fit)), aic = AIC(fit))
})
write(toJSON(out, digits = NA, auto_unbox = TRUE), "values.json")
