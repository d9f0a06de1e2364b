# Cross-validated fit of judgement rules by R 4.2.2 (stats), each rule an ordinary regression of lm() on people of the other
# folds. data.csv: 240 simulated people (seed 20261129), three values received (1 to 7), their points, the verdict, a fold.
d <- read.csv("data.csv"); x <- as.matrix(d[, c("a", "b", "c")]); w <- as.matrix(d[, c("wa", "wb", "wc")])
lexical <- function(x, w) { groups <- split(x, -w); sum(sapply(groups, mean) / BASE^(seq_along(groups) - 1)) }
tied <- unlist(lapply(seq_len(nrow(d)), function(i) tapply(x[i, ], w[i, ], mean)))
v <- sort(unique(round(tied, 9))); BASE <- 1 + diff(range(v)) / min(diff(v))
d$additive <- rowSums(x * w) / rowSums(w); d$conjunctive <- apply(x, 1, min); d$disjunctive <- apply(x, 1, max)
d$lexical <- sapply(seq_len(nrow(d)), function(i) lexical(x[i, ], w[i, ]))
# Without points: the plain sum, and the order of the correlations with the verdict in the other folds.
d$sum <- rowMeans(x); d$take_best <- NA; seven <- 1 + diff(range(x)) / 1
errors <- function(f, d) { e <- numeric(nrow(d)); for (k in unique(d$fold)) { out <- d$fold == k
  e[out] <- (d$y[out] - predict(lm(f, d[!out, ]), d[out, ]))^2 }; e }
learned <- numeric(nrow(d)); for (k in unique(d$fold)) { out <- d$fold == k
  o <- order(-abs(cor(x[!out, ], d$y[!out]))); d$take_best <- as.vector(x[, o] %*% seven^-(0:2))
  learned[out] <- (d$y[out] - predict(lm(y ~ take_best, d[!out, ]), d[out, ]))^2 }
e <- list(additive = errors(y ~ additive, d), lexical = errors(y ~ lexical, d), conjunctive = errors(y ~ conjunctive, d),
  disjunctive = errors(y ~ disjunctive, d), slopes = errors(y ~ a + b + c, d), sum = errors(y ~ sum, d), take_best = learned)
alone <- errors(y ~ 1, d); gain <- e$lexical - e$additive
writeLines(jsonlite::toJSON(list(mse = lapply(e, mean), alone = mean(alone), gain = -mean(gain) / mean(alone),
  se = sd(gain) / sqrt(nrow(d)) / mean(alone)), digits = 12, auto_unbox = TRUE, pretty = TRUE), "values.json")
