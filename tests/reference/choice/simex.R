# Simulation and extrapolation by simex 1.8, R 4.2.2: a logit with two predictors of reliability .8, 400 copies,
# quadratic extrapolation; errors by the jackknife and by the estimating equations (asymptotic).
suppressMessages({library(jsonlite); library(simex)}); set.seed(1)
d <- read.csv("../data/decision_sim.csv")
m <- glm(engage ~ benefit + cost + trust, binomial, d, x = TRUE, y = TRUE)
s <- simex(m, SIMEXvariable = c("benefit", "cost"), measurement.error = sqrt(.2) * cbind(sd(d$benefit), sd(d$cost)), B = 400)
se <- function(v) unname(sqrt(diag(v)))
write(toJSON(list(est = unname(coef(s)), jackknife = se(s$variance.jackknife), asymptotic = se(s$variance.asymptotic)),
  digits = NA, auto_unbox = TRUE), "simex.json")
