# Random-intercept cross-lagged panel model of two constructs with three items each (Mulder and Hamaker 2021).
source("../write_case.R")
data <- read_data("panel_items.csv")
fit <- lavaan(read_model(), data = data, missing = "fiml")
write_case(fit)
