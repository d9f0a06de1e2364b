# Errors from the products of scores, asked for by information.
source("../write_case.R")
data <- read_data("political_democracy.csv")
fit <- sem(read_model(), data = data, information = "first.order")
write_case(fit)
