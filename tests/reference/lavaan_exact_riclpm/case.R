# Random-intercept cross-lagged panel model, four waves (data drawn with seed 20240624).
source("../write_case.R")
data <- read_data("panel.csv")
fit <- lavaan(read_model(), data = data)
write_case(fit)
