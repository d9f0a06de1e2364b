# Discrete-time hazard of dissolution within six periods; data.csv: 500 people, seed 20240701, hazard
# plogis(b0[t] - .1 compat + .6 conflict), b0 = -3 -2.6 -2.4 -2.3 -2.3 -2.4, conflict = -.4 compat + noise, 4 % lost a period.
json <- function(x) writeLines(jsonlite::toJSON(x, auto_unbox = TRUE, digits = 15), "expected.json")
numbers <- function(fit) { s <- coef(summary(fit)); setNames(lapply(seq_len(nrow(s)), function(k) unname(s[k, 1:2])), rownames(s)) }
d <- read.csv("data.csv")
pp <- d[rep(seq_len(nrow(d)), d$time), ]; pp$t <- sequence(d$time); pp$y <- as.integer(pp$t == pp$time & pp$event == 1)
g <- glm(y ~ 0 + factor(t) + compat + conflict, binomial, pp)
lr <- anova(update(g, . ~ . - conflict), g, test = "LRT")
h <- aggregate(y ~ t, pp, function(v) c(n = length(v), events = sum(v), hazard = mean(v)))
a <- lm(conflict ~ compat, d); set.seed(1)
z <- rnorm(2e5, coef(a)[2], sqrt(vcov(a)[2, 2])) * rnorm(2e5, coef(g)["conflict"], sqrt(vcov(g)["conflict", "conflict"]))
json(list(coef = numbers(g), loglik = as.numeric(logLik(g)), lr_conflict = lr$Deviance[2],
          life_table = list(t = h$t, at_risk = h$y[, 1], events = h$y[, 2], hazard = h$y[, 3], survival = cumprod(1 - h$y[, 3])),
          ab = unname(coef(a)[2] * coef(g)["conflict"]), mc95 = unname(quantile(z, c(.025, .975)))))
