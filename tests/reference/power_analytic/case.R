# Power by semPower 2.1.3 with lavaan 0.6-14, and noncentralities from lavaan alone; no data, populations below.
suppressMessages({library(jsonlite); library(semPower); library(lavaan)})
pick <- function(p, names) { p <- unclass(p); if (is.list(p$power)) p <- unclass(p$power); p[names] }
prior <- function(p) pick(p, c("fmin", "requiredN", "impliedPower"))
after <- function(p) pick(p, c("fmin", "power"))
rm <- function(rmsea, df, ...) list(rmsea = rmsea, df = df, ...)
out <- list()
out$exact_n <- lapply(list(c(.05, 100), c(.05, 50), c(.08, 24), c(.06, 200)), function(v) c(rm(v[1], v[2]),
  prior(semPower.aPriori(effect = v[1], effect.measure = "RMSEA", alpha = .05, power = .80, df = v[2]))))
out$exact_power <- lapply(list(c(.05, 100, 300), c(.05, 50, 200), c(.08, 24, 150)), function(v)
  c(rm(v[1], v[2], n = v[3]),
    after(semPower.postHoc(effect = v[1], effect.measure = "RMSEA", alpha = .05, N = v[3], df = v[2]))))
# MacCallum, Browne and Sugawara (1996), in R's own noncentral chi-square.
out$close <- lapply(list(c(100, 200), c(50, 200), c(24, 400)), function(v) {
  nc <- function(e) (v[2] - 1) * v[1] * e^2
  list(df = v[1], n = v[2], close = pchisq(qchisq(.95, v[1], nc(.05)), v[1], nc(.08), lower.tail = FALSE),
       not_close = pchisq(qchisq(.05, v[1], nc(.05)), v[1], nc(.01))) })
out$compromise <- pick(semPower.compromise(effect = .05, effect.measure = "RMSEA", abratio = 1, N = 300, df = 100),
                       c("chiCrit", "impliedAlpha"))
common <- list(comparison = "restricted", alpha = .05)
ask <- function(f, ...) do.call(f, c(common, list(...)))
six <- list(nullEffect = "cor = 0", Phi = .20, nIndicator = c(3, 3), loadM = .7, alpha = .05)
out$correlation <- prior(do.call(semPower.powerCFA, c(six, type = "a-priori", comparison = "restricted", power = .80)))
out$correlation_saturated <- after(do.call(semPower.powerCFA,
                                           c(six, type = "post-hoc", comparison = "saturated", N = 300)))
out$regression <- lapply(c(.10, .15, .20), function(b) c(list(beta = b), prior(ask(semPower.powerRegression,
  type = "a-priori", slopes = c(b, .30), corXX = .30, nullEffect = "slope = 0", nullWhich = 1,
  nIndicator = c(4, 4, 4), loadM = .75, power = .80))))
out$equal_slopes <- after(ask(semPower.powerRegression, type = "post-hoc", slopes = c(.15, .30), corXX = .30,
  nullEffect = "slopeX = slopeZ", nullWhich = c(1, 2), nIndicator = c(4, 4, 4), loadM = .75, N = 500))
B <- matrix(c(0, 0, 0, 0, .25, 0, 0, 0, 0, .30, 0, 0, .10, 0, .40, 0), 4, byrow = TRUE)
out$path <- after(ask(semPower.powerPath, type = "post-hoc", Beta = B, nullEffect = "beta = 0", nullWhich = c(4, 1),
  nIndicator = rep(3, 4), loadM = .75, N = 400))
out$two_groups <- prior(ask(semPower.powerRegression, type = "a-priori", slopes = list(c(.40, .20), c(.15, .20)),
  corXX = list(.3, .3), nullEffect = "slopeA = slopeB", nullWhich = 1,
  nIndicator = list(c(3, 3, 3), c(3, 3, 3)), loadM = .75, power = .80, N = list(1, 1)))
out$loadings <- prior(semPower.powerMI(type = "a-priori", comparison = "configural", nullEffect = "metric",
  loadings = list(list(c(.7, .7, .7, .7)), list(c(.7, .7, .7, .5))), alpha = .05, power = .80, N = list(1, 1)))
panel <- ask(semPower.powerRICLPM, type = "a-priori", nWaves = 3, autoregEffects = c(.3, .3),
  crossedEffects = c(.15, .10), rXY = NULL, rBXBY = .30, nullEffect = "crossedX = 0", nullWhich = 1,
  nIndicator = rep(1, 6), loadM = 1, power = .80)
out$panel <- c(prior(panel), list(sigma = unname(panel$Sigma), variables = colnames(panel$Sigma)))
# Satorra and Saris (1985): the restricted model fitted to the population's covariances, by lavaan.
population <- function(a, b, cp) {
  v <- a^2 + .9375; w <- b^2 * v + cp^2 + 2 * b * cp * a + .885
  P <- matrix(c(1, a, cp + b * a, a, v, b * v + cp * a, cp + b * a, b * v + cp * a, w), 3)
  L <- kronecker(diag(3), matrix(.75, 3, 1)); n <- c(paste0("x", 1:3), paste0("m", 1:3), paste0("y", 1:3))
  matrix(L %*% P %*% t(L) + .4375 * diag(9), 9, dimnames = list(n, n)) }
base <- "X =~ x1 + x2 + x3\nM =~ m1 + m2 + m3\nY =~ y1 + y2 + y3\n"
null <- list(a = "M ~ 0*X\nY ~ M + X", b = "M ~ X\nY ~ 0*M + X", cp = "M ~ X\nY ~ M + 0*X")
out$satorra_saris <- lapply(null, function(h) {
  fit <- sem(paste0(base, h), sample.cov = population(.25, .30, .10), sample.nobs = 1e5, sample.cov.rescale = FALSE)
  f <- fitMeasures(fit, "chisq")[[1]] / 1e5
  list(fmin = f, power = pchisq(qchisq(.95, 1), 1, 300 * f, lower.tail = FALSE)) })
# Standard errors in the population, for power by the expected information.
free <- sem(paste0(base, "M ~ a*X\nY ~ b*M + cp*X\nab := a*b"), sample.cov = population(.25, .30, .10),
            sample.nobs = 300, sample.cov.rescale = FALSE, information = "expected")
table <- parameterEstimates(free); table <- table[table$label != "", ]
out$errors <- setNames(as.list(table$se), table$label); out$values <- setNames(as.list(table$est), table$label)
write(toJSON(out, digits = NA, auto_unbox = TRUE), "values.json")
pk <- c("semPower", "lavaan")
write(toJSON(as.list(c(R = as.character(getRversion()), sapply(pk, function(p) as.character(packageVersion(p))))),
             auto_unbox = TRUE, pretty = TRUE), "session.json")
