# Heckman's model by sampleSelection 1.2-12, R 4.2.2: maximum likelihood and two steps.
suppressMessages({library(jsonlite); library(sampleSelection)})
q <- read.csv("../data/selection_sim.csv"); h <- selection(s ~ x + z, y ~ x, q); h2 <- heckit(s ~ x + z, y ~ x, q)
e <- function(m) { t <- summary(m)$estimate; list(est = unname(t[, 1]), se = unname(t[, 2])) }
write(toJSON(list(ml = e(h), two_step = e(h2), loglik = as.numeric(logLik(h))), digits = NA, auto_unbox = TRUE), "heckman.json")
