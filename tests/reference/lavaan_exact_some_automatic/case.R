# Growth with covariates: some automatic parameters asked for, others not.
source("../write_case.R")
data <- read_data("growth.csv")
fit <- lavaan(read_model(), data = data, int.lv.free = TRUE, auto.var = TRUE, auto.cov.lv.x = TRUE, auto.cov.y = TRUE, meanstructure = TRUE)
write_case(fit)
