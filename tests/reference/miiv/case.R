# Model-implied instruments by lavaan 0.7-2 (estimator = "IV"), on data that lavaan ships (see ../data) and simulated ones (seed 5).
suppressMessages({library(lavaan); library(jsonlite)})
set.seed(5); n <- 400; f <- rnorm(n); g <- .5 * f + rnorm(n); h <- .4 * g - .3 * f + rnorm(n)
sim <- data.frame(a1 = f + rnorm(n), a2 = .8 * f + rnorm(n), a3 = .7 * f + rnorm(n), b1 = g + rnorm(n), b2 = .9 * g + rnorm(n),
                  b3 = .6 * g + .3 * f + rnorm(n), c1 = h + rnorm(n), c2 = .8 * h + rnorm(n), z = rnorm(n))
sim$w <- .3 * sim$z + .4 * h + rnorm(n); sim <- round(sim, 4); write.csv(sim, "sim.csv", row.names = FALSE)
democracy <- "ind60 =~ x1 + x2 + x3\ndem60 =~ y1 + y2 + y3 + y4\ndem65 =~ y5 + y6 + y7 + y8\ndem60 ~ ind60\ndem65 ~ ind60 + dem60"
cases <- list(
  democracy = list(democracy, PoliticalDemocracy),
  democracy_errors = list(paste0(democracy, "\ny1 ~~ y5\ny2 ~~ y4 + y6\ny3 ~~ y7\ny4 ~~ y8\ny6 ~~ y8"), PoliticalDemocracy),
  abilities = list("visual =~ x1 + x2 + x3 + x9\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\nspeed ~ visual + textual", HolzingerSwineford1939),
  simulated = list("f =~ a1 + a2 + a3\ng =~ b1 + b2 + b3\nf =~ b3\nh =~ c1 + c2\ng ~ f\nh ~ f + g\nw ~ z + h", sim))
one <- function(case) {
  fit <- sem(case[[1]], case[[2]], estimator = "IV"); p <- parameterEstimates(fit); p <- p[p$op %in% c("=~", "~"), c("lhs", "op", "rhs", "est", "se")]
  eqs <- lavInspect(fit, "eqs"); if (is.null(eqs[[1]]$lhs)) eqs <- eqs[[1]]
  tests <- lapply(eqs, function(q) list(outcome = q$lhs_new, regressors = as.list(q$rhs_new), instruments = as.list(q$iv), sargan = as.list(q$sargan)))
  list(model = case[[1]], parameters = p, tests = tests)
}
write(toJSON(lapply(cases, one), digits = NA, auto_unbox = TRUE, na = "null"), "values.json")
write(toJSON(list(R = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))), auto_unbox = TRUE, pretty = TRUE), "session.json")
