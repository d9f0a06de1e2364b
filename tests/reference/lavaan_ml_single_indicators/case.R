# Single indicators with known unreliability, a phantom variable.
source("../write_case.R")
data <- read_data("political_democracy.csv")
fit <- sem(read_model(), data = data)
write_case(fit)
