# Factors scaled by their variance.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, std.lv = TRUE)
write_case(fit)
