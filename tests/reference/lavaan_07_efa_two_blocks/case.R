# Two exploratory blocks, the second caused by the first, incomplete answers.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(read_model(), data = data, missing = "ml", rotation.args = list(std.ov = FALSE, geomin.epsilon = 0.01))
write_case(fit)
