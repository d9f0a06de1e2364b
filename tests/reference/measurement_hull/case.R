# The Hull method by the steps of Lorenzo-Seva, Timmerman and Kiers (2011, p. 351), written from the article:
# CFI of stats::factanal's maximum likelihood solutions with Bartlett's correction against their parameters.
# tests: Harman74.cor, 24 psychological tests of 145 pupils, up to 5 factors (6 leave a communality at its limit);
# bfi: the 25 items, pairwise correlations, up to 7 factors.
source("../write_tables.R")

fits <- function(R, n, largest) {
  p <- ncol(R)
  df0 <- p * (p - 1) / 2
  null <- -log(det(R)) * (n - 1 - (2 * p + 5) / 6)
  rows <- data.frame(n_factors = 0, cfi = 0, df = df0)
  for (m in seq_len(largest)) {
    found <- factanal(covmat = R, n.obs = n, factors = m, rotation = "none",
                      control = list(nstart = 5, lower = 1e-4, opt = list(maxit = 5000)))
    chisq <- unname(found$STATISTIC)
    cfi <- 1 - max(chisq - found$dof, 0) / max(null - df0, chisq - found$dof, 0)
    rows <- rbind(rows, data.frame(n_factors = m, cfi = cfi, df = found$dof))
  }
  rows$parameters <- p * (p + 1) / 2 - rows$df
  rows
}

hull <- function(rows) {
  kept <- seq_len(nrow(rows))
  # Steps 3 and 4: drop a solution that a smaller one fits better than.
  kept <- kept[vapply(kept, function(i) all(rows$cfi[seq_len(i)] <= rows$cfi[i]), logical(1))]
  # Steps 5 and 6: drop the middle of any three neighbours that lies on or below the line of the others.
  repeat {
    dropped <- NULL
    for (j in seq_along(kept)[-c(1, length(kept))]) {
      a <- kept[j - 1]; b <- kept[j]; c <- kept[j + 1]
      line <- rows$cfi[a] + (rows$cfi[c] - rows$cfi[a]) *
        (rows$parameters[b] - rows$parameters[a]) / (rows$parameters[c] - rows$parameters[a])
      if (rows$cfi[b] <= line) { dropped <- j; break }
    }
    if (is.null(dropped)) break
    kept <- kept[-dropped]
  }
  # Step 7: scree test value of every interior solution.
  rows$st <- NA
  for (j in seq_along(kept)[-c(1, length(kept))]) {
    slope <- function(i, k) (rows$cfi[k] - rows$cfi[i]) / (rows$parameters[k] - rows$parameters[i])
    rows$st[kept[j]] <- slope(kept[j - 1], kept[j]) / slope(kept[j], kept[j + 1])
  }
  rows
}

tests <- Harman74.cor$cov
write_table(hull(fits(tests, 145, 5)), "tests_hull.csv")
write_table(as.data.frame(tests), "tests_correlations.csv")
items <- read_bfi()[1:25]
write_table(hull(fits(cor(items, use = "pairwise"), nrow(items), 7)), "bfi_hull.csv")
write_session("stats")
