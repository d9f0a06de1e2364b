# Yuan-Bentler-Mplus, structural model.
source("../write_case.R")
data <- read_data("political_democracy.csv")
fit <- sem(read_model(), data = data, estimator = "MLR")
write_case(fit)
