# Crawford-Ferguson rotation with the weight of equamax, oblique, of factors that a covariate explains.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, rotation = "cf-equamax", rotation.args = list(std.ov = FALSE))
write_case(fit)
