# Necessary condition analysis by the R package NCA 5.0.1 (purity metrics off: they stop on some data), all ceilings,
# all corners, a stated scope, bottlenecks in all units, outliers and the permutation test.
suppressMessages({library(jsonlite); library(NCA)})
Sys.setenv(NCA_PARALLEL_START = "0", NCA_SKIP_PURITY = "TRUE"); options(warn = -1)
kept <- c("Ceiling zone", "Effect size", "# above", "Slope", "Intercept", "Fit", "Ceiling accuracy",
          "Condition ineff.", "Outcome ineff.")
grab <- function(m) lapply(m$summaries, function(s) { p <- s$params; o <- lapply(setNames(kept, kept), function(k)
  as.numeric(p[k, ])); o$ceilings <- colnames(p); o$scope <- as.numeric(s$global[grep("^Scope", rownames(s$global))[1], 1]); o })
needs <- function(m) lapply(m$bottlenecks, function(b) lapply(as.list(b)[-1], function(col)
  list(shown = as.character(unlist(col)), actual = as.numeric(attr(col, "mpx.actual")))))
ceiling <- read.csv("../data/ceiling_sim.csv"); likert <- read.csv("../data/likert_sim.csv")
attitude <- read.csv("../data/attitude.csv"); x <- c("complaints", "learning")
lines <- c("ols", "ce_fdh", "cr_fdh", "ce_vrs", "cr_vrs", "c_lp", "cols", "qr"); two <- c("ce_fdh", "cr_fdh")
out <- list(
  attitude = grab(m <- nca_analysis(attitude, x, "rating", ceilings = lines)), percentage = needs(m),
  percentile = needs(nca_analysis(attitude, x, "rating", ceilings = two, bottleneck.x = "percentile",
                                  bottleneck.y = "percentile")),
  actual = needs(nca_analysis(attitude, x, "rating", ceilings = two, bottleneck.x = "actual",
                              bottleneck.y = "actual", steps = 5)),
  corners = lapply(1:4, function(k) grab(nca_analysis(attitude, x, "rating", ceilings = lines[-8], corner = k))),
  low_needs = needs(nca_analysis(attitude, x, "rating", ceilings = two, corner = 4)),
  scope = grab(nca_analysis(attitude, x, "rating", ceilings = two, scope = c(0, 100, 0, 100))),
  ceiling = grab(nca_analysis(ceiling, c("trust", "noise"), "willing", ceilings = lines[-8])),
  likert = grab(nca_analysis(likert, "skill", "propensity", ceilings = lines[2:6])),
  likert_scope = grab(nca_analysis(likert, "skill", "propensity", ceilings = two, scope = c(1, 7, 1, 7))),
  outliers = as.data.frame(unclass(nca_outliers(attitude, "complaints", "rating", ceiling = "ce_fdh"))))
set.seed(20240613); m <- nca_analysis(attitude, x, "rating", ceilings = two, test.rep = 2000)
out$test <- lapply(m$tests, function(z) lapply(z, function(w) list(p = w$p_value, threshold = w$threshold.value,
                                                                   mean = mean(w$data))))
write(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null"), "values.json")
write(toJSON(list(R = as.character(getRversion()), NCA = as.character(packageVersion("NCA"))), auto_unbox = TRUE,
             pretty = TRUE), "session.json")
