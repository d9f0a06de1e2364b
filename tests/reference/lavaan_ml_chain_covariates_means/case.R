# Covariates held fixed, with means.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, meanstructure = TRUE)
write_case(fit)
