# Mediation between 80 countries of 12 people (2-1-1; ../crossed/countries.csv, seed 20240623), and the same with a
# mediator of countries (2-2-1: the mean of worth, rounded to four digits).
library(lavaan)
k <- read.csv("../crossed/countries.csv"); k$climate <- round(ave(k$worth, k$country), 4)
one <- "level: 1\nworth ~~ worth\npropensity ~ bw*worth\nlevel: 2\nworth ~ a*maturity\npropensity ~ bb*worth + cp*maturity\nind := a*bb"
two <- "level: 1\npropensity ~~ propensity\nlevel: 2\nclimate ~ a*maturity\npropensity ~ bb*climate + cp*maturity\nind := a*bb"
rows <- function(f) { p <- parameterEstimates(f); p <- p[p$label != "", ]; setNames(lapply(seq_len(nrow(p)), function(j) c(p$est[j], p$se[j])), p$label) }
f <- sem(one, k, cluster = "country"); g <- sem(two, k, cluster = "country")
out <- list(mediator_of_people = c(rows(f), loglik = as.numeric(logLik(f))), mediator_of_countries = rows(g))
writeLines(jsonlite::toJSON(out, auto_unbox = TRUE, digits = 15), "expected.json")
