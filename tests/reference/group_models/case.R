# Latent means after partial scalar invariance and paths over groups by lavaan 0.7-2.
suppressMessages({library(lavaan); library(jsonlite)})
d <- read.csv("../data/three_groups_sim.csv")
ms <- "fit =~ fit1 + fit2 + fit3 + fit4\nplay =~ play1 + play2 + play3 + play4\nprop =~ prop1 + prop2 + prop3 + prop4"
out <- list(versions = list(R = paste(R.version$major, R.version$minor, sep = "."), lavaan = as.character(packageVersion("lavaan"))))
mm <- paste0(ms, "\nfit ~ c(0, NA, NA)*1 + c(m1, m2, m3)*1\nd21 := m2\nd31 := m3\nd32 := m3 - m2\nlast := m3 - m2/2\nmiddle := m2 - m3/3")
fp <- cfa(mm, d, group = "maturity", group.equal = c("loadings", "intercepts"), group.partial = "fit4~1")
p <- parameterEstimates(fp); q <- p[p$op == ":=", ][1:3, ]; w <- p[p$lhs %in% c("last", "middle"), ]
out$planned <- list(est = w$est, se = w$se, z = w$z, p = w$pvalue, holm = p.adjust(w$pvalue, "holm"), lower = w$ci.lower, upper = w$ci.upper)
out$means <- list(est = q$est, se = q$se, p = q$pvalue, holm = p.adjust(q$pvalue, "holm"),
  d = q$est / sqrt(lavInspect(fp, "cov.lv")[[1]]["fit", "fit"]), wald = lavTestWald(fp, "m2 == 0\nm3 == 0")[c("stat", "df", "p.value")])
for (estimator in c("ML", "MLR")) {
  st <- paste0(ms, "\nprop ~ c(a1, a2, a3)*fit + c(p1, p2, p3)*play")
  f <- function(more) sem(paste0(st, more), d, group = "maturity", group.equal = "loadings", estimator = estimator)
  A <- "\na1 == a2\na1 == a3"; P <- "\np1 == p2\np1 == p3"; free <- f("")
  lr <- function(g) { r <- lavTestLRT(free, g, method = if (estimator == "MLR") "satorra.bentler.2001" else "default"); c(r[2, "Chisq diff"], r[2, "Df diff"], r[2, "Pr(>Chisq)"]) }
  w <- function(k) unlist(lavTestWald(free, k)[c("stat", "df", "p.value")])
  b <- parameterEstimates(free); b <- b[b$op == "~", ]
  out[[estimator]] <- list(lr = rbind(lr(f(A)), lr(f(P)), lr(f(paste0(A, P)))), wald = rbind(w(A), w(P), w(paste0(A, P))), est = b$est, se = b$se)
}
write(toJSON(out, digits = NA, auto_unbox = TRUE), "values.json")
