# A correlation structure with means.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, correlation = TRUE, meanstructure = TRUE, estimator = "MLM")
write_case(fit)
