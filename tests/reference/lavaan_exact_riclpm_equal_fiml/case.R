# The same with equal effects over time and people who leave.
source("../write_case.R")
data <- read_data("panel_dropout.csv")
fit <- lavaan(read_model(), data = data, missing = "fiml")
write_case(fit)
