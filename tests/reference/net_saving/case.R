# A choice by one amount in money: price saved less hours times their worth less outlay, two amounts with zeros too
# many. R 4.2.2, base (quantile type 7 for the fences, glm, predict) and MASS 7.3-58 (dose.p, whose error by the delta
# method is close to Fieller's interval, which is written out). The parts by themselves with Wald's test that they
# weigh alike, the rows also with weights (sandwich written out). Data are drawn here and stored in data.csv.
suppressMessages({library(jsonlite); library(MASS)})
set.seed(31); n <- 400
d <- data.frame(price = round(exp(rnorm(n, 3, .7)), 1), hours = round(exp(rnorm(n, -.2, .5)), 1),
                worth = round(exp(rnorm(n, 2.7, .4)), 1), outlay = round(exp(rnorm(n, 1.5, .5)), 1))
net <- d$price - d$hours * d$worth - d$outlay
d$did <- as.integer(runif(n) < plogis(.3 + net / 20))
d$price[c(7, 8)] <- c(25000, 18000); d$did[c(7, 8)] <- 0L; d$w <- 1 + (seq_len(n) %% 4) / 2
write.csv(d, "data.csv", row.names = FALSE)
inside <- function(x) { q <- quantile(x, c(.25, .75)); pmin(pmax(x, q[1] - 3 * diff(q)), q[2] + 3 * diff(q)) }
net <- d$price - d$hours * d$worth - d$outlay; unit <- 10; x <- inside(net) / unit; ctl <- glm.control(1e-14)
told <- function(m, V = vcov(m)) {
  b <- coef(m); z <- qnorm(.975); A <- b[2]^2 - z^2 * V[2, 2]; B <- b[1] * b[2] - z^2 * V[1, 2]; C <- b[1]^2 - z^2 * V[1, 1]
  list(est = unname(b), se = unname(sqrt(diag(V))), half = unname(-b[1] / b[2]) * unit,
    fieller = unname((-B + c(-1, 1) * sqrt(B^2 - A * C)) / A) * unit,
    zero = unname(plogis(b[1] + c(0, -1, 1) * z * sqrt(V[1, 1]))))
}
m <- glm(did ~ x, binomial, d, control = ctl); p <- fitted(m); X <- model.matrix(m); b <- coef(m)
g <- colMeans(p * (1 - p) * (1 - 2 * p) * X) * b[2]; g[2] <- g[2] + mean(p * (1 - p))
s <- predict(m, data.frame(x = c(-3, 2)), se.fit = TRUE)
raw <- glm(did ~ I(net / unit), binomial, d, control = ctl)
w <- d$w / mean(d$w); mw <- suppressWarnings(glm(did ~ x, binomial, d, weights = w, control = ctl))
bread <- solve(crossprod(X * sqrt(w * fitted(mw) * (1 - fitted(mw))))); u <- X * w * (d$did - fitted(mw))
k <- glm(did ~ I(inside(price) / unit) + I(inside(hours * worth) / unit) + I(inside(outlay) / unit), binomial, d, control = ctl)
L <- rbind(c(1, 1, 0), c(1, 0, 1)); e <- L %*% coef(k)[-1]
wald <- c(t(e) %*% solve(L %*% vcov(k)[-1, -1] %*% t(L)) %*% e)
write(toJSON(c(told(m), list(ame = unname(mean(p * (1 - p)) * b[2]), ame_se = sqrt(c(g %*% vcov(m) %*% g)),
  delta_se = unname(c(attr(dose.p(m), "SE"))) * unit, fences = range(inside(net)), far = sum(net != inside(net)),
  curve = plogis(cbind(s$fit, s$fit - qnorm(.975) * s$se.fit, s$fit + qnorm(.975) * s$se.fit)),
  raw = c(coef(raw)[[2]], sqrt(vcov(raw)[2, 2])), weighted = told(mw, bread %*% crossprod(u) %*% bread),
  parts = unname(coef(k)[-1]), parts_se = unname(sqrt(diag(vcov(k))[-1])), wald = wald,
  split = c(mean(d$did[net > 0]), mean(d$did[net <= 0])))), digits = NA, auto_unbox = TRUE), "values.json")
