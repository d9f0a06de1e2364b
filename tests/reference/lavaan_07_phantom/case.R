# A latent variable without indicators, whose coefficients are those of a ratio.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data)
write_case(fit)
