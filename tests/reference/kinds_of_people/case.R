# Latent classes (poLCA), profiles (mclust) and a mixture of regressions (flexmix) on simulated people:
# phases.csv 900, seed 20240628, three classes (true_class); profiles.csv 800, seed 20240629, three profiles, sd .8;
# regression.csv 500, seed 20240630, two rules. The three-step values were made with StepMix 3.0.0 (Python).
suppressMessages({library(poLCA); library(mclust); library(flexmix)})
ph <- read.csv("phases.csv"); ph[, 1:8] <- ph[, 1:8] + 1
for (k in 1:3) { set.seed(1); m <- poLCA(cbind(phase1, phase2, phase3, phase4, phase5, phase6, phase7, phase8) ~ 1, ph, nclass = k,
  nrep = 5, maxiter = 20000, tol = 1e-12, verbose = FALSE); print(c(k, m$llik, m$npar, m$aic, m$bic), digits = 12) }
X <- as.matrix(read.csv("profiles.csv"))
for (mo in c("EEI", "VVI")) for (k in 2:4) { b <- -Inf; for (s in 1:10) { set.seed(s); i <- matrix(0, nrow(X), k)
  i[cbind(seq_len(nrow(X)), kmeans(X, k, nstart = 1)$cluster)] <- 1
  m <- me(data = X, modelName = mo, z = i, control = emControl(tol = c(1e-12, 1e-12), itmax = 5000)); b <- max(b, m$loglik, na.rm = TRUE) }; print(c(k, b), digits = 12) }
set.seed(1); m <- stepFlexmix(worth ~ a + b, data = read.csv("regression.csv"), k = 2, nrep = 10, verbose = FALSE,
  control = list(minprior = 0, tolerance = 1e-12, iter.max = 5000)); print(logLik(m), digits = 12); print(parameters(m), digits = 12)
set.seed(3); print(mclustBootstrapLRT(X, modelName = "EEI", nboot = 60, maxG = 4))
