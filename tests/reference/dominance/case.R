# Dominance analysis by the R packages dominanceanalysis 2.1.0, relaimpo's definition checked there, and boot's draws.
# attitude is R's own data set; decision_sim is described in data/ORIGIN.md; phi.csv is the matrix of latent
# correlations of five simulated factors and an outcome, as lavaan 0.6-14 estimated it (seed 20240611, n 600).
suppressMessages({library(jsonlite); library(dominanceanalysis); library(boot)})
mat <- function(m) unname(as.matrix(m))
take <- function(d) lapply(setNames(d$fit.functions, d$fit.functions), function(f) list(
  fits = as.numeric(d$fits$base.fits[, f]), models = rownames(d$fits$base.fits),
  levels = mat(d$contribution.by.level[[f]][, -1]), general = as.list(d$contribution.average[[f]]),
  complete = mat(d$complete[[f]]), conditional = mat(d$conditional[[f]]), overall = mat(d$general[[f]])))
attitude <- read.csv("../data/attitude.csv"); decision <- read.csv("../data/decision_sim.csv")
phi <- as.matrix(read.csv("phi.csv", row.names = 1))
m <- lm(rating ~ ., attitude)
sets <- c(climate = "complaints+privileges", growth = "learning+advance", reward = "raises+critical")
six <- rating ~ complaints + privileges + learning + raises + critical + advance
out <- list(
  ols = take(dominanceAnalysis(m)), sets = take(dominanceAnalysis(m, terms = sets)),
  always = take(dominanceAnalysis(m, constants = "complaints")),
  several = take(dominanceAnalysis(mlmWithCov(cbind(rating, advance) ~ complaints + privileges + learning + raises,
                                              cor(attitude)))),
  logit = take(dominanceAnalysis(glm(engage ~ benefit + cost + trust + age, binomial(link = "logit"), decision,
                                     control = glm.control(epsilon = 1e-14)))),
  latent = take(dominanceAnalysis(lmWithCov(prop ~ cost + risk + fit + play + status, phi))))
e <- eigen(cor(attitude)[-1, -1]); L <- e$vectors %*% diag(sqrt(e$values)) %*% t(e$vectors)
out$relative_weights <- as.numeric(L^2 %*% solve(L, cor(attitude)[-1, 1])^2)
set.seed(1); a <- bootAverageDominanceAnalysis(m, R = 200); set.seed(1); idx <- boot.array(a$boot, indices = TRUE)
write.table(idx, "draws.csv", sep = ",", row.names = FALSE, col.names = FALSE)
set.seed(1); b <- summary(bootDominanceAnalysis(m, R = 200))[[1]]
out$drawn <- list(mean = colMeans(a$boot$t), se = apply(a$boot$t, 2, sd),
  first = tabulate(apply(a$boot$t, 1, which.max), 6) / 200, pairs = b)
write(toJSON(out, digits = NA, auto_unbox = TRUE), "values.json")
pk <- c("dominanceanalysis", "boot")
write(toJSON(as.list(c(R = as.character(getRversion()), sapply(pk, function(p) as.character(packageVersion(p))))),
             auto_unbox = TRUE, pretty = TRUE), "session.json")
