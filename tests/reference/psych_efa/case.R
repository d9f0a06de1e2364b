# Five factors of the 25 items: every extraction and rotation, pairwise correlations, n of all respondents.
# Tight tolerances, so that the stored digits are those of the optimum and not of an early stop.
suppressPackageStartupMessages({library(psych); library(GPArotation)})
source("../write_tables.R")
bfi <- read_bfi()[1:25]
R <- cor(bfi, use = "pairwise")
n <- nrow(bfi)
fits <- NULL
write_solution <- function(name, loadings, phi = NULL) {
  colnames(loadings) <- paste0("F", seq_len(ncol(loadings)))
  write_matrix(loadings, paste0(name, "_loadings.csv"))
  if (!is.null(phi)) {
    dimnames(phi) <- list(colnames(loadings), colnames(loadings))
    write_matrix(phi, paste0(name, "_phi.csv"))
  }
}
for (fm in c("minres", "ml", "pa")) {
  found <- fa(R, 5, n.obs = n, fm = fm, rotate = "none", min.err = 1e-11, max.iter = 20000)
  fits <- rbind(fits, data.frame(extraction = fm, chisq = found$STATISTIC, df = found$dof, tli = found$TLI,
                                 rmsea = found$RMSEA[[1]], rmsea_ci_lower = found$RMSEA[[2]],
                                 rmsea_ci_upper = found$RMSEA[[3]], bic = found$BIC, rmsr = found$rms,
                                 objective = found$objective))
  write_table(data.frame(item = rownames(R), communality = found$communality), paste0(fm, "_communalities.csv"))
}
write_table(fits, "fit.csv")
A <- unclass(factanal(covmat = R, factors = 5, n.obs = n, rotation = "none",
                      control = list(nstart = 1, opt = list(factr = 10, maxit = 10000)))$loadings)
attributes(A) <- list(dim = dim(A), dimnames = dimnames(A))
write_solution("ml_none", A)
tight <- list(eps = 1e-8, maxit = 20000)
rotated <- function(name, fun, ...) {
  found <- do.call(fun, c(list(A, ...), tight))
  write_solution(paste0("ml_", name), found$loadings, found$Phi)
}
write_solution("ml_varimax", unclass(varimax(A, eps = 1e-14)$loadings))
rotated("quartimax", quartimax)
rotated("oblimin", oblimin)
rotated("oblimin_half", oblimin, gam = -0.5)
rotated("geomin", geominQ)
rotated("geomin_orthogonal", geominT)
rotated("bifactor", bifactorT)
rotated("bifactor_oblique", bifactorQ)
rotated("bentler", bentlerQ)
simple <- simplimax(A, eps = 1e-5, maxit = 20000)  # its gradient jumps: it gets no nearer
write_solution("ml_simplimax", simple$loadings, simple$Phi)
target <- matrix(NA, 25, 5)
for (j in 1:5) target[-(5 * (j - 1) + 1:5), j] <- 0
write_table(as.data.frame(target), "target.csv")
rotated("target", targetQ, Target = target)
# Promax on Kaiser-normalised loadings as psych does, from a varimax solution that has really converged.
h <- sqrt(rowSums(A^2))
pro <- promax(unclass(varimax(A / h, normalize = FALSE, eps = 1e-14)$loadings), m = 4)
write_solution("ml_promax", unclass(pro$loadings) * h, solve(t(pro$rotmat) %*% pro$rotmat))
write_session("psych", "GPArotation")
