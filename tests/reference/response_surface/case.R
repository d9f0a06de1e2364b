# Response surfaces by the R package RSA 0.10.6 on lavaan 0.6-14: all models, robust and classical errors, a control,
# pooled centring, the shares of gaps, and the outliers that it would have removed.
suppressMessages({library(jsonlite); library(lavaan); library(RSA)})
ridge <- read.csv("../data/ridge_sim.csv"); attitude <- read.csv("../data/attitude.csv")
models <- c("null", "additive", "diff", "mean", "IA", "SQD", "SSQD", "RR", "SRR", "onlyx", "onlyy", "onlyx2", "onlyy2",
            "SRRR", "SRSQD", "full")
parameters <- function(r, m) { p <- parameterEstimates(r$models[[m]]); p$label[p$lhs == r$DV & p$op == "~1"] <- "b0"
  p <- p[p$label != "", ]; data.frame(parameter = p$label, est = p$est, se = p$se) }
take <- function(r, models) list(
  parameters = lapply(setNames(models, models), function(m) parameters(r, m)),
  fit = lapply(setNames(models, models), function(m) as.list(fitMeasures(r$models[[m]])[intersect(
    c("chisq", "df", "chisq.scaled", "cfi", "logl", "aic", "bic"), names(fitMeasures(r$models[[m]])))])),
  aicc = suppressWarnings(aictab(r, models = models)),
  nested = suppressWarnings(compare(r, verbose = FALSE, plot = FALSE)))
fit <- function(f, d, m, ...) suppressWarnings(RSA(f, d, models = m, out.rm = FALSE, verbose = FALSE, ...))
few <- c("null", "IA", "SQD", "SRR", "full")
out <- list(
  robust = take(fit(Z ~ X * Y, ridge, models), models),
  classical = take(fit(Z ~ X * Y, ridge, models, estimator = "ML", se = "standard"), models),
  control = take(fit(Z2 ~ X * Y, ridge, few, control.variables = "K"), few),
  pooled = take(fit(rating ~ raises * privileges, attitude, few, center = "pooled", scale = "pooled"), few))
r <- suppressWarnings(RSA(rating ~ raises * privileges, attitude, models = c("null", "full"), verbose = FALSE))
out$removed <- which(r$data$out)
shares <- function(x, y) { u <- c(x, y); d <- (y - x) / sd(u); as.numeric(table(cut(d, c(-Inf, -.5, .5, Inf))) / length(d)) }
out$gaps <- shares(ridge$X, ridge$Y)
write(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null"), "values.json")
write(toJSON(list(R = as.character(getRversion()), RSA = as.character(packageVersion("RSA")),
                  lavaan = as.character(packageVersion("lavaan"))), auto_unbox = TRUE, pretty = TRUE), "session.json")
