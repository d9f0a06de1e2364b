# A random slope at the beginning of a mediation within, incomplete answers, robust.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("teams_missing.csv"), cluster = "team", missing = "ml", estimator = "MLR")
write_case(fit)
