# Shared by the ordinal cases: moments and their asymptotic covariance as lavaan hands them to WLS.
suppressPackageStartupMessages(library(lavaan))

write_ordinal <- function(data, ordered, ...) {
  covariates <- grep("^x", names(data), value = TRUE)
  model <- paste("f =~", paste(setdiff(names(data), c("w", covariates)), collapse = " + "))
  if (length(covariates)) model <- paste0(model, "\nf ~ ", paste(covariates, collapse = " + "))
  fit <- cfa(model, data, ordered = ordered, estimator = "WLSMV", do.fit = FALSE, ...)
  number <- function(x) formatC(x, digits = 12, format = "g", width = 1)
  writeLines(c("moment", number(fit@SampleStats@WLS.obs[[1]])), "moments.csv")
  gamma <- as.data.frame(lapply(as.data.frame(unclass(fit@SampleStats@NACOV[[1]])), number))
  names(gamma) <- paste0("m", seq_along(gamma))
  write.csv(gamma, "gamma.csv", row.names = FALSE, quote = FALSE)
  write.csv(data, "data.csv", row.names = FALSE, quote = FALSE)
  writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))),
                              auto_unbox = TRUE, pretty = TRUE), "session.json")
}

# Two correlated factors under seven variables, some of them cut into categories, the third one skewed.
draw_mixed <- function(n, seed) {
  set.seed(seed)
  f <- rnorm(n)
  g <- 0.4 * f + rnorm(n)
  y <- as.data.frame(sapply(1:7, function(j) 0.7 * (if (j < 4) f else g) + 0.7 * rnorm(n)))
  names(y) <- paste0("y", 1:7)
  y$y1 <- as.integer(cut(y$y1, c(-Inf, -1, 0, 0.8, Inf)))
  y$y2 <- as.integer(cut(y$y2, c(-Inf, 0.3, Inf)))
  y$y3 <- round(y$y3 + 0.15 * y$y3^2 + 0.05 * y$y3^3, 6)
  y$y4 <- as.integer(cut(y$y4, c(-Inf, -0.5, 0.6, Inf)))
  y$y6 <- as.integer(cut(y$y6, c(-Inf, -0.9, Inf)))
  y[c("y5", "y7")] <- round(y[c("y5", "y7")], 6)
  y
}
