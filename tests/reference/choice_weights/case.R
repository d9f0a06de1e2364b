# Weighted logit, probit and multinomial logit, by rows and by clusters, and average marginal effects (weighted means
# of the slopes of probabilities, for a 0/1 predictor of their change) with errors by the delta method, the gradient
# written out. survey 4.1-1 (svyglm; its n / (n - 1) taken off), nnet 7.3-18 (multinom with weights, run to reltol
# 1e-14, sandwich written out), R 4.2.2.
suppressMessages({library(jsonlite); library(survey); library(nnet)})
d <- read.csv("../data/decision_sim.csv"); i <- seq_len(nrow(d))
d$w <- 1 + ((i * 37) %% 11) / 5; d$g <- (i - 1) %/% 8; d$older <- as.integer(d$age > 45)
p <- c("benefit", "cost", "older"); f <- engage ~ benefit + cost + older
one <- function(link, ids, units) {
  m <- svyglm(f, svydesign(ids, weights = ~w, data = d), family = quasibinomial(link), control = glm.control(1e-14))
  b <- coef(m); V <- vcov(m) * (units - 1) / units; X <- model.matrix(m); F <- m$family
  if (link == "probit") {  # svyglm's bread is the expected information; ours and this one the observed
    k <- d$w / mean(d$w); s <- 2 * d$engage - 1; e <- c(X %*% b)
    H <- optimHess(b, function(b) -sum(k * pnorm(s * c(X %*% b), log.p = TRUE)), control = list(ndeps = rep(1e-4, 4)))
    V <- solve(H) %*% crossprod(X * k * s * dnorm(e) / pnorm(s * e)) %*% solve(H) }
  dens <- function(e) if (link == "logit") dlogis(e) else dnorm(e)
  slope <- function(e) if (link == "logit") dlogis(e) * (1 - 2 * plogis(e)) else -e * dnorm(e)
  mean_w <- function(x) if (is.matrix(x)) colSums(x * d$w) / sum(d$w) else sum(x * d$w) / sum(d$w)
  ame <- t(sapply(2:4, function(j) {
    if (j < 4) { e <- c(X %*% b); at <- mean_w(dens(e)) * b[j]
      g <- mean_w(slope(e) * X) * b[j]; g[j] <- g[j] + mean_w(dens(e)) }
    else { one <- X; one[, j] <- 1; no <- X; no[, j] <- 0; e1 <- c(one %*% b); e0 <- c(no %*% b)
      at <- mean_w(F$linkinv(e1) - F$linkinv(e0)); g <- mean_w(dens(e1) * one - dens(e0) * no) }
    c(at, sqrt(c(g %*% V %*% g))) }))
  list(est = unname(b), se = unname(sqrt(diag(V))), ame = ame[, 1], ame_se = ame[, 2])
}
s <- read.csv("../data/strategy_sim.csv"); i <- seq_len(nrow(s)); w <- 1 + ((i * 29) %% 13) / 4
s$choice <- relevel(factor(s$choice), "information")
m <- multinom(choice ~ mismatch + monitoring, s, weights = w / mean(w), trace = FALSE, maxit = 500, abstol = 1e-14,
              reltol = 1e-14, Hess = TRUE)
X <- model.matrix(~ mismatch + monitoring, s); P <- fitted(m); k <- colnames(P)[-1]
u <- do.call(cbind, lapply(k, function(o) X * ((s$choice == o) - P[, o]))) * w / mean(w)
V <- solve(m$Hessian) %*% crossprod(u) %*% solve(m$Hessian)
B <- rbind(information = 0, coef(m))[, 2:3]
ame <- sapply(1:2, function(j) colSums(w * P * (matrix(B[, j], nrow(P), 3, TRUE) - c(P %*% B[, j]))) / sum(w))
# Its errors: the delta method, derivatives by central differences.
effects <- function(b) { B <- rbind(0, matrix(b, 2, byrow = TRUE)); E <- exp(X %*% t(B)); P <- E / rowSums(E)
  sapply(2:3, function(j) colSums(w * P * (matrix(B[, j], nrow(P), 3, TRUE) - c(P %*% B[, j]))) / sum(w)) }
b <- c(t(coef(m))); step <- diag(1e-5, length(b))
G <- apply(step, 1, function(h) c(effects(b + h) - effects(b - h)) / 2e-5)
ame_se <- matrix(sqrt(diag(G %*% V %*% t(G))), 3)
n <- nrow(d)
write(toJSON(list(
  logit = list(rows = one("logit", ~1, n), clusters = one("logit", ~g, 100)),
  probit = list(rows = one("probit", ~1, n)),
  multinomial = list(est = unname(coef(m)), se = unname(matrix(sqrt(diag(V)), 2, byrow = TRUE)),
    options = rownames(ame), ame = unname(t(ame)), ame_se = t(ame_se))), digits = NA, auto_unbox = TRUE), "values.json")
