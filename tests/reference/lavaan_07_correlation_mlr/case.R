# A correlation structure with an equation and a covariate, robust.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, correlation = TRUE, fixed.x = FALSE, estimator = "MLR")
write_case(fit)
