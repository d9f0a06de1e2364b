# Crossed random intercepts: 160 people rate 3 of 8 categories (data.csv, seed 20240621: within .25, between .55, importance .20,
# product .15, sd person .6, category .35, residual .9); 80 countries of 12 people (countries.csv, seed 20240623).
suppressMessages({library(lme4); library(lmerTest); library(sandwich)})
x <- read.csv("data.csv"); x$cat_mean <- ave(x$differentiation, x$category)
table <- function(m) { s <- coef(summary(m)); setNames(lapply(seq_len(nrow(s)), function(k) unname(s[k, c(1, 2, 3, 5)])), rownames(s)) }
one <- function(m) { v <- as.data.frame(VarCorr(m)); list(fixed = table(m), random = as.list(setNames(v$vcov, v$grp)), loglik = as.numeric(logLik(m))) }
m <- lmer(propensity ~ differentiation * importance + (1 | person) + (1 | category), x)
mc <- lmer(propensity ~ 0 + factor(category) + (1 | person), x)
K <- rbind(first_vs_second = rep(c(.25, -.25), each = 4), c1_vs_c8 = c(1, 0, 0, 0, 0, 0, 0, -1), c1_vs_c2 = c(1, -1, 0, 0, 0, 0, 0, 0))
ct <- as.matrix(contest(mc, K, joint = FALSE)[, 1:3]); rownames(ct) <- rownames(K)
k <- read.csv("countries.csv"); a <- anova(lm(propensity ~ factor(country), k)); msb <- a[1, 3]; msw <- a[2, 3]; i1 <- (msb - msw) / (msb + 11 * msw)
r <- ranef(m, condVar = TRUE)$category; sds <- sqrt(as.numeric(attr(r, "postVar")))
o <- lm(propensity ~ worth + maturity, k); cr1 <- sqrt(diag(vcovCL(o, ~country, type = "HC1", cadjust = TRUE)))
cr2 <- clubSandwich::coef_test(o, vcov = "CR2", cluster = k$country)
out <- list(crossed = one(m), crossed_null = one(lmer(propensity ~ 1 + (1 | person) + (1 | category), x)),
  crossed_mundlak = one(lmer(propensity ~ differentiation + cat_mean + importance + (1 | person) + (1 | category), x)),
  contrasts = apply(ct, 1, as.numeric, simplify = FALSE), effects = setNames(lapply(seq_len(nrow(r)), function(j) c(r[j, 1], sds[j])), rownames(r)),
  cluster_robust = setNames(lapply(names(cr1), function(j) unname(c(coef(o)[j], cr1[j]))), names(cr1)),
  cluster_robust_few = setNames(lapply(seq_along(cr1), function(j) unname(c(cr2$SE[j], cr2$df_Satt[j], cr2$p_Satt[j]))), names(cr1)), icc = list(icc1_anova = i1, icc2 = (msb - msw) / msb, design_effect = 1 + 11 * i1))
writeLines(jsonlite::toJSON(out, auto_unbox = TRUE, digits = 15), "expected.json")
