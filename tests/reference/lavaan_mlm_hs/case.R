# Satorra-Bentler.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, estimator = "MLM")
write_case(fit)
