# Distribution of random eigenvalues: components, and factors with squared multiple correlations in the diagonal.
# Complete answers; 400 draws; the quantiles are compared, not the draws.
suppressPackageStartupMessages(library(psych))
source("../write_tables.R")
bfi <- na.omit(read_bfi()[1:25])
set.seed(20260101)
found <- fa.parallel(bfi, n.iter = 400, SMC = TRUE, plot = FALSE, fm = "minres")
p <- ncol(bfi)
summarise <- function(kind, observed, columns) {
  values <- found$values[, columns]
  data.frame(kind = kind, position = 1:p, eigenvalue = observed, random_mean = colMeans(values),
             random_sd = apply(values, 2, sd), random_percentile = apply(values, 2, quantile, 0.95))
}
# Columns of `values`: resampled components, resampled factors, simulated components, simulated factors.
write_table(rbind(summarise("components", found$pc.values, 2 * p + 1:p),
                  summarise("factors", found$fa.values, 3 * p + 1:p)), "parallel.csv")
set.seed(20260101)
default <- fa.parallel(bfi, n.iter = 20, plot = FALSE)
write_table(data.frame(position = 1:p, eigenvalue = default$fa.values, n_factors = default$nfact,
                       n_components = default$ncomp), "default.csv")
write_session("psych")
