# The complementary log-log of data.csv (grouped proportional hazards), and the same hazards in continuous time beside (survival).
d <- read.csv("data.csv"); pp <- d[rep(seq_len(nrow(d)), d$time), ]; pp$t <- sequence(d$time)
pp$y <- as.integer(pp$t == pp$time & pp$event == 1)
g <- glm(y ~ 0 + factor(t) + compat + conflict, binomial("cloglog"), pp, control = glm.control(epsilon = 1e-14, maxit = 100))
s <- coef(summary(g)); cox <- coef(summary(survival::coxph(survival::Surv(time, event) ~ compat + conflict, d, ties = "efron")))
pairs <- function(m, k) setNames(lapply(seq_len(nrow(m)), function(j) unname(m[j, k])), rownames(m))
writeLines(jsonlite::toJSON(list(coef = pairs(s, 1:2), loglik = as.numeric(logLik(g)), cox_efron = pairs(cox, c(1, 3))),
  auto_unbox = TRUE, digits = 15), "cloglog.json")
