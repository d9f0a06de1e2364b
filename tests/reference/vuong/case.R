# Vuong's test from respondents' log-likelihoods, computed here from lavaan's implied moments.
library(lavaan)
library(jsonlite)
data <- read.csv("../data/holzinger_swineford.csv")
items <- paste0("x", 1:9)
models <- list(
  first = "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9",
  second = "visual =~ x1 + x2 + x3 + x9
textual =~ x4 + x5 + x6
speed =~ x7 + x8
visual ~~ 0*speed"
)
loglik <- function(y, mean, cov) {
  apply(y, 1, function(row) {
    seen <- !is.na(row)
    d <- row[seen] - mean[seen]
    part <- cov[seen, seen]
    -0.5 * (sum(seen) * log(2 * pi) + c(determinant(part)$modulus) + c(d %*% solve(part) %*% d))
  })
}
one <- function(name, y, missing) {
  fits <- lapply(models, cfa, data = y, missing = missing, meanstructure = TRUE)
  cases <- lapply(fits, function(fit) {
    implied <- fitted(fit)
    loglik(as.matrix(y[, items]), implied$mean[items], implied$cov[items, items])
  })
  difference <- cases$first - cases$second
  n <- length(difference)
  omega <- sqrt(mean((difference - mean(difference))^2))
  z <- sum(difference) / (sqrt(n) * omega)
  scores <- lapply(fits, lavScores)
  bread <- lapply(fits, function(fit) n * unclass(vcov(fit)))
  weigh <- function(a, b) (crossprod(scores[[a]], scores[[b]]) / n) %*% bread[[b]]
  w <- rbind(cbind(-weigh(1, 1), -weigh(1, 2)), cbind(weigh(2, 1), weigh(2, 2)))
  weights <- Re(eigen(w, only.values = TRUE)$values)^2
  weights <- weights[weights > 1e-9 * max(weights)]
  apart <- mgcv::psum.chisq(n * omega^2, weights, tol = 1e-9, nlim = 1e6)
  penalty <- 0.5 * (fitMeasures(fits$first, "npar") - fitMeasures(fits$second, "npar")) * log(n)
  z_bic <- (sum(difference) - penalty) / (sqrt(n) * omega)
  data.frame(data = name, difference = sum(difference), spread = omega, pvalue_spread = apart, z = z, pvalue = 2 * pnorm(-abs(z)),
             z_bic = c(z_bic), pvalue_bic = 2 * pnorm(-abs(c(z_bic))),
             logl_first = c(fitMeasures(fits$first, "logl")), logl_second = c(fitMeasures(fits$second, "logl")))
}
gaps <- data[, items]
for (k in 1:9) gaps[seq(k, nrow(gaps), by = 11 + k), k] <- NA
few <- data[seq(1, nrow(data), by = 5), items]
result <- rbind(one("complete", data[, items], "listwise"), one("gaps", gaps, "fiml"), one("few", few, "listwise"))
write.csv(result, "vuong.csv", row.names = FALSE)
writeLines(models$first, "first.txt")
writeLines(models$second, "second.txt")
write_json(list(R = R.version.string, lavaan = as.character(packageVersion("lavaan"))), "session.json", auto_unbox = TRUE)
