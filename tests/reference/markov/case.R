# Observed and latent Markov chains. stages.csv: 500 people, four waves, seed 20240626; items.csv: 500 people, four waves, four
# binary items of three states, seed 20240627. LMest 3.x from CRAN; its starts 1 to 8 beside the deterministic one.
suppressMessages(library(LMest))
S <- read.csv("stages.csv"); steps <- lapply(2:4, function(t) table(factor(S[[t - 1]], 1:4), factor(S[[t]], 1:4)))
cnt <- Reduce(`+`, steps); ll <- function(c0) { p <- c0 / rowSums(c0); sum(ifelse(c0 > 0, c0 * log(p), 0)) }
up <- sum(cnt[upper.tri(cnt)]); dn <- sum(cnt[lower.tri(cnt)]); b <- mcnemar.test(cnt, correct = FALSE)
lg <- read.csv("items.csv")
one <- function(k, ...) lmest(phase1 + phase2 + phase3 + phase4 ~ NULL, index = c("id", "wave"), data = lg, k = k, modBasic = 1, tol = 1e-12, ...)
m2 <- one(2, start = 0); m3 <- one(3, start = 0, out_se = TRUE); Pi <- function(x) if (length(dim(x)) == 3) x[, , 2] else x
out <- list(counts = unclass(cnt), lr = 2 * (sum(sapply(steps, ll)) - ll(cnt)), df = 24, forward = up, backward = dn,
  sign_p = binom.test(up, up + dn, alternative = "greater")$p.value, bowker = list(stat = unname(b$statistic), df = unname(b$parameter), p = b$p.value),
  k2 = list(loglik = m2$lk, np = m2$np, bic = m2$bic),
  k3 = list(loglik = m3$lk, np = m3$np, bic = m3$bic, initial = as.numeric(m3$piv), transition = Pi(m3$Pi), answers = lapply(1:4, function(j) unname(m3$Psi[2, , j])),
            se_initial = as.numeric(m3$sepiv), se_transition = Pi(m3$sePi)))
writeLines(jsonlite::toJSON(out, auto_unbox = TRUE, digits = 15), "expected.json")
