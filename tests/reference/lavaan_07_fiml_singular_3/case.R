# Incomplete answers of 10 people to nine items: their unrestricted covariance matrix is singular.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("few_people_3.csv"), missing = "fiml", fixed.x = FALSE)
write_case(fit)
