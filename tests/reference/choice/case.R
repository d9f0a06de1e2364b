# Models of choices on simulated data by R 4.2.2: glm; nnet 7.3-18 (multinom, run to reltol 1e-14); survey 4.1-1
# (svyglm); the truncated normal, truncated Poisson and Tobit parts by optim, their likelihoods written out here.
suppressMessages({library(jsonlite); library(nnet); library(survey)})
cs <- function(m) { s <- as.data.frame(summary(m)$coefficients); list(est = s[, 1], se = s[, 2]) }
d <- read.csv("../data/decision_sim.csv"); ctl <- glm.control(epsilon = 1e-14)
lg <- glm(engage ~ benefit + cost + trust, binomial, d, control = ctl); pr <- fitted(lg)
pb <- glm(engage ~ benefit + cost + trust, binomial("probit"), d, control = ctl)
lc <- glm(engage ~ I(benefit - cost) + trust, binomial, d, control = ctl); w <- sum(coef(lg)[2:3])^2 / sum(vcov(lg)[2:3, 2:3])
X <- model.matrix(lg); u <- X * (d$engage - pr); hc0 <- vcov(lg) %*% crossprod(u) %*% vcov(lg)
out <- list(logit = c(cs(lg), list(loglik = as.numeric(logLik(lg)), aic = AIC(lg), bic = BIC(lg), hc0 = sqrt(diag(hc0)),
              ame = as.numeric(coef(lg)[-1] * mean(pr * (1 - pr))), lr = lg$null.deviance - lg$deviance)),
            probit = c(cs(pb), list(loglik = as.numeric(logLik(pb)))), opposite = list(wald = w, p = pchisq(w, 1, lower = FALSE)))
s <- read.csv("../data/strategy_sim.csv"); s$choice <- relevel(factor(s$choice), "information")
fm <- function(f) multinom(f, s, trace = FALSE, maxit = 500, abstol = 1e-14, reltol = 1e-14, Hess = TRUE)
ms <- fm(choice ~ mismatch + monitoring + resources)
out$multinomial <- list(est = unname(coef(ms)), se = unname(summary(ms)$standard.errors), loglik = as.numeric(logLik(ms)),
  lr = sapply(c("mismatch", "monitoring", "resources"), function(v) 2 * as.numeric(logLik(ms) -
    logLik(fm(as.formula(paste("choice ~", paste(setdiff(c("mismatch", "monitoring", "resources"), v), collapse = "+"))))))))
st <- read.csv("../data/stages_sim.csv"); lg2 <- do.call(rbind, lapply(1:3, function(k) { r <- st[st$stage >= k, ]
  data.frame(r[, c("net", "skill")], k = factor(k, 1:3), go = as.integer(r$stage > k)) }))
g1 <- glm(go ~ 0 + k + net + skill, binomial, lg2, control = ctl); g2 <- glm(go ~ 0 + k + k:net + k:skill, binomial, lg2, control = ctl)
out$continuation <- c(cs(g1), list(loglik = as.numeric(logLik(g1)))); out$continuation_free <- c(cs(g2), list(loglik = as.numeric(logLik(g2))))
q <- read.csv("../data/selection_sim.csv"); pz <- glm(s ~ x + z, binomial, q, control = ctl); q$w <- 1 / fitted(pz)
out$selection <- list(naive = cs(lm(y ~ x, q)),
  weighted = cs(svyglm(y ~ x, svydesign(~1, weights = ~w, data = subset(q, s == 1)))))
p <- read.csv("../data/two_part_sim.csv"); X <- cbind(1, p$net, p$time); k <- p$intensity > 0
best <- function(f, start) { o <- optim(start, f, method = "BFGS", hessian = TRUE, control = list(reltol = 1e-15, maxit = 2000))
  list(est = o$par, se = sqrt(diag(solve(o$hessian))), loglik = -o$value) }
cragg <- best(function(b) { m <- X[k, ] %*% b[1:3]; g <- exp(b[4]); -sum(dnorm(p$intensity[k], m, g, log = TRUE) - pnorm(m / g, log.p = TRUE)) }, c(2, 0, 0, 0))
tobit <- best(function(b) { m <- X %*% b[1:3]; g <- exp(b[4]); -sum(ifelse(k, dnorm(p$intensity, m, g, log = TRUE), pnorm(-m / g, log.p = TRUE))) }, c(1, 0, 0, .5))
enter <- glm(k ~ net + time, binomial, p, control = ctl)
out$two_part <- list(any = cs(enter), amount = cragg, tobit = tobit, loglik = as.numeric(logLik(enter)) + cragg$loglik)
p$count <- floor(p$intensity); k <- p$count > 0
out$hurdle <- best(function(b) { m <- exp(X[k, ] %*% b); -sum(dpois(p$count[k], m, log = TRUE) - log1p(-exp(-m))) }, c(.5, 0, 0))
write(toJSON(out, digits = NA, auto_unbox = TRUE), "values.json")
