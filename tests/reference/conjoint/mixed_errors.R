# Errors of the mixed logit from 500 Halton points a person, in base R: of the observed information at the maximum, and, at the
# estimates of mlogit (expected.json), of the outer product of scores of single tasks. mlogit 2.0 prints the latter (its BHHH
# default), which takes the tasks of one person as independent.
d <- read.csv("data.csv"); stored <- sapply(jsonlite::fromJSON("expected.json")$mixed$coef, function(v) v[[1]])
X <- as.matrix(d[c("price", "support", "design", "none")]); D <- 500; n <- max(d$person)
halton <- function(m, b) vapply(seq_len(m), function(i) { f <- 1; r <- 0; while (i > 0) { f <- f / b; r <- r + f * (i %% b); i <- i %/% b }; r }, 0)
z <- array(qnorm(sapply(c(2, 3, 5, 7), function(b) halton(n * D + 100, b)[-(1:100)])), c(D, n, 4))
stopifnot(!is.unsorted((d$person - 1) * 8 + d$task), table(d$person) == 24)
own <- lapply(seq_len(n), function(i) { r <- d$person == i; list(X = X[r, ], y = d$chosen[r] == 1, z = t(z[, i, ])) })
of <- function(p, theta) {  # one person: simulated log likelihood, and scores of his eight tasks
  e <- exp(p$X %*% (theta[1:4] + theta[5:8] * p$z)); P <- e / rowsum(e, rep(1:8, each = 3))[rep(1:8, each = 3), ]
  w <- exp(colSums(log(P[p$y, ]))); value <- log(mean(w)); w <- w / sum(w)
  gap <- function(w) t(sapply(1:8, function(t) { r <- 3 * t - 2:0; colSums(p$X[r, ] * (p$y[r] * sum(w) - c(P[r, ] %*% w))) }))
  list(value, cbind(gap(w), sapply(1:4, function(k) gap(w * p$z[k, ])[, k])))
}
scores <- function(theta) colSums(do.call(rbind, lapply(own, function(p) of(p, theta)[[2]])))
value <- function(theta) sum(sapply(own, function(p) of(p, theta)[[1]]))
found <- optim(stored, function(t) -value(t), function(t) -scores(t), method = "BFGS", control = list(reltol = 1e-11))$par
h <- 1e-4; H <- sapply(1:8, function(k) { s <- replace(numeric(8), k, h); -(scores(found + s) - scores(found - s)) / (2 * h) })
by_task <- do.call(rbind, lapply(own, function(p) of(p, stored)[[2]])); error <- function(information) unname(sqrt(diag(solve(information))))
out <- list(estimates = unname(found), loglik = value(found), observed = error((H + t(H)) / 2), by_task = error(crossprod(by_task)))
writeLines(jsonlite::toJSON(out, auto_unbox = TRUE, digits = 10), "mixed_errors.json")
