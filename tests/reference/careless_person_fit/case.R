# Person fit of graded answers, from the definitions and slowly: the standardised log-likelihood (Drasgow, Levine &
# Williams, 1985) with given normal-ogive items and abilities, and normed Guttman errors (Molenaar, 1991; Emons, 2008)
# where the most possible errors are found by going through every pattern with the same sum.
# The R package PerFit is not in Debian; its definitions are followed. Where it is installed, its own functions must
# say the same (it rounds scores to four digits). Before that rounding, the arithmetic of 1.4.5 gave the same errors
# and lz within 4e-15.
library(jsonlite)
set.seed(20260119)
n <- 211; p <- 4; k <- 5
slopes <- c(1.6, 0.9, 2.1, 1.2)
locations <- rbind(c(-1.6, -0.5, 0.3, 1.4), c(-1.2, -0.2, 0.9, 1.8), c(-2.0, -0.9, 0.1, 0.8), c(-0.8, 0.2, 0.7, 2.1))
ability <- rnorm(n)
at_least <- function(theta, j) c(1, pnorm(slopes[j] * (theta - locations[j, ])), 0)
answers <- matrix(NA_integer_, n, p)
for (i in 1:n) for (j in 1:p) {
  steps <- at_least(ability[i], j)
  answers[i, j] <- sample(0:(k - 1), 1, prob = steps[1:k] - steps[2:(k + 1)])
}
answers[1, ] <- c(0, 4, 0, 4); answers[2, ] <- 4; answers[3, ] <- 0

lz <- sapply(1:n, function(i) {
  given <- expected <- variance <- 0
  for (j in 1:p) {
    steps <- at_least(ability[i], j)
    prob <- steps[1:k] - steps[2:(k + 1)]
    lp <- log(prob)
    lp[is.infinite(lp)] <- 0   # a category that is out of reach tells nothing (as in PerFit)
    given <- given + lp[answers[i, j] + 1]
    expected <- expected + sum(prob * lp)
    for (a in 1:k) for (b in 1:k) variance <- variance + prob[a] * prob[b] * lp[a] * (lp[a] - lp[b])
  }
  (given - expected) / sqrt(variance)
})

popularity <- sapply(1:(k - 1), function(m) colMeans(answers >= m))   # p x (k - 1)
stopifnot(!any(duplicated(as.vector(popularity))))
errors_of <- function(x) {
  taken <- as.vector(sapply(1:(k - 1), function(m) as.integer(x >= m)))
  ordered <- taken[order(as.vector(popularity), decreasing = TRUE)]
  count <- 0
  for (a in 1:(length(ordered) - 1)) for (b in (a + 1):length(ordered))
    if (ordered[a] == 0 && ordered[b] == 1) count <- count + 1
  count
}
all <- as.matrix(expand.grid(rep(list(0:(k - 1)), p)))
made <- apply(all, 1, errors_of)
most <- tapply(made, rowSums(all), max)
guttman <- apply(answers, 1, errors_of)
write.csv(cbind(answers, ability = format(ability, digits = 16)), "answers.csv", row.names = FALSE, quote = FALSE)
write.csv(format(data.frame(lz, guttman, most = as.numeric(most[as.character(rowSums(answers))])), digits = 16),
          "indices.csv", row.names = FALSE, quote = FALSE)
write_json(list(slopes = slopes, locations = locations), "items.json", digits = 12)
write_json(list(R = R.version.string), "session.json", auto_unbox = TRUE)

if (requireNamespace("PerFit", quietly = TRUE)) {
  colnames(answers) <- paste0("i", 1:p)
  theirs <- PerFit::Gpoly(answers, Ncat = k)$PFscores[, 1]
  stopifnot(all(theirs == guttman))
  largest <- as.numeric(most[as.character(rowSums(answers))])
  theirs <- PerFit::Gnormed.poly(answers, Ncat = k)$PFscores[, 1]
  stopifnot(max(abs(theirs - ifelse(largest > 0, guttman / largest, 0))) < 5.1e-5)
}
