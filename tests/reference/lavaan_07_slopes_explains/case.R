# A slope that a fact about clusters explains, and that explains an outcome of clusters; mediation within beside it.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("sectors.csv"), cluster = "team")
write_case(fit)
