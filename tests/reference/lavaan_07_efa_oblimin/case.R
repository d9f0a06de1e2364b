# Three exploratory factors with a cause, a criterion and a correlated residual, oblimin of raw loadings.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, rotation = "oblimin", rotation.args = list(std.ov = FALSE))
write_case(fit)
