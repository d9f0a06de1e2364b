# Yuan-Bentler-Mplus.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, estimator = "MLR")
write_case(fit)
