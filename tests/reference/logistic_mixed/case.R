# Yes/no answers of 160 people to 3 of 8 categories (../crossed/data.csv, column engage; seed 20240622): Laplace with both
# factors, 15 points of adaptive quadrature with people alone.
suppressMessages(library(lme4))
x <- read.csv("../crossed/data.csv")
one <- function(m) { s <- coef(summary(m)); v <- as.data.frame(VarCorr(m)); list(fixed = setNames(lapply(seq_len(nrow(s)), function(k) unname(s[k, 1:2])), rownames(s)), sd = as.list(setNames(v$sdcor, v$grp)), loglik = as.numeric(logLik(m))) }
out <- list(crossed = one(glmer(engage ~ importance + (1 | person) + (1 | category), x, family = binomial)),
  one_factor = one(glmer(engage ~ importance + (1 | person), x, family = binomial, nAGQ = 15)))
writeLines(jsonlite::toJSON(out, auto_unbox = TRUE, digits = 15, pretty = TRUE), "expected.json")
