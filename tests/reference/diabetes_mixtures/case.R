# Gaussian mixtures of 145 people's glucose, insulin and steady-state plasma glucose, standardised (Reaven and Miller 1979);
# data.csv is `diabetes` of the R package mclust (GPL-2 or later).
suppressMessages(library(mclust))
d <- read.csv("data.csv"); z <- scale(d[, -1])
rows <- list()
for (mo in c("EEI", "VVI", "EEE", "VVV")) for (k in 1:4) {
  m <- Mclust(z, G = k, modelNames = mo, verbose = FALSE)
  rows[[length(rows) + 1]] <- data.frame(structure = mo, classes = k, loglik = m$loglik, df = m$df, bic = -m$bic)
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
