# Diagonally weighted least squares of continuous answers.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, estimator = "DWLS", ordered = FALSE)
write_case(fit)
