# Paths on tetrachoric correlations by lavaan 0.7-2 (R 4.2.2): all yes/no answers ordered, correlations free, slopes with their
# delta-method errors as defined parameters. ../kinds_of_people/phases.csv: 900 simulated people, eight phases.
suppressMessages(library(lavaan)); d <- read.csv("../kinds_of_people/phases.csv"); o <- paste0("phase", c(1, 2, 5, 8))
m <- "phase1 ~~ r*phase5 + a1*phase2 + a2*phase8\n phase5 ~~ b1*phase2 + b2*phase8\n phase2 ~~ phase8
  s1 := (a1 - r * b1) / (1 - r^2)\n s2 := (b1 - r * a1) / (1 - r^2)\n t1 := (a2 - r * b2) / (1 - r^2)\n t2 := (b2 - r * a2) / (1 - r^2)"
f <- sem(m, d, ordered = o, estimator = "WLSMV"); p <- parameterEstimates(f); p <- p[p$label != "", c("label", "est", "se")]
cat(jsonlite::toJSON(split(p[, 2:3], p$label), digits = 12, pretty = TRUE))
