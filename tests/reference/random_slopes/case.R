# Slopes that vary between people: reaction times of 18 people over ten days without sleep (Belenky et al. 2003), data.csv
# as `sleepstudy` of the R package lme4 (GPL-2 or later) ships it.
suppressMessages({library(lme4); library(lmerTest)})
s <- read.csv("data.csv"); s$Subject <- factor(s$Subject)
m <- lmer(Reaction ~ Days + (Days | Subject), s)
f <- coef(summary(m)); v <- as.data.frame(VarCorr(m))
fixed <- lapply(rownames(f), function(k) c(list(row = k), as.list(f[k, ])))
random <- lapply(seq_len(nrow(v)), function(k) as.list(v[k, ]))
a <- as.data.frame(ranova(m))
out <- list(fixed = fixed, vcov_fixed = unname(as.matrix(vcov(m))), random = random, loglik = as.numeric(logLik(m)),
            ranova = lapply(rownames(a), function(k) c(list(row = k), as.list(a[k, ]))))
writeLines(jsonlite::toJSON(out, auto_unbox = TRUE, digits = 15, null = "null", na = "null"), "expected.json")
